/** The first signed request of a process that just said that it is ready, by its line of JSON. */
import { Connection } from './connection.ts'
import { requestSigner } from './signed-request.ts'

export interface ReadyLine {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly products: readonly { code: string; dimensions: readonly string[] }[]
  readonly buyers: readonly { awsAccountId: string }[]
}

/** @throws If the answer is not Success. */
export async function sendOne(ready: ReadyLine): Promise<void> {
  const { hostname, port, host } = new URL(ready.endpoint)
  const [product] = ready.products
  const record = {
    Timestamp: Date.now() / 1_000,
    Dimension: product?.dimensions[0],
    Quantity: 1,
    CustomerAWSAccountId: ready.buyers[0]?.awsAccountId,
  }
  const body = JSON.stringify({ UsageRecords: [record], ProductCode: product?.code })
  const connection = await Connection.open(hostname, Number(port))
  const answer = await connection.exchange(requestSigner(ready, host)(body))
  connection.close()
  if (!answer.body.includes('"Success"')) throw new Error(answer.body.toString('utf8'))
}
