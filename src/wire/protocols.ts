/** Which protocol a request is in: told from its head alone, so that whatever is wrong with it is answered in that protocol. */
import { AWS_JSON, type Protocol, type RequestHead } from './protocol.ts'
import { isRpcV2Cbor, RPC_V2_CBOR } from './rpc-v2-cbor.ts'

export function protocolOf(head: RequestHead): Protocol {
  return isRpcV2Cbor(head) ? RPC_V2_CBOR : AWS_JSON
}
