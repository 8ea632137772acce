/**
 * Where a catalog file's secrets come from. A file in a repository must not hold one, so it says where one is.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { CatalogIndex } from '../../core/catalog-index.ts'
import type { MasterKeyRing } from '../keys/master-keys.ts'
import type { RandomBytes } from '../keys/new-key.ts'
import { describeOpenProblem, openSecret, sealSecret } from '../keys/secrets.ts'
import type { SealResult } from './wanted.ts'

export interface SecretContext {
  /** The folder that `file:` paths start from. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly present: CatalogIndex
  /** There, if the file has a secret. */
  readonly masterKeys: MasterKeyRing | undefined
  readonly randomBytes: RandomBytes
  /** Whether a secret may stand in the file itself; demo ledgers alone take one. */
  readonly allowsLiteral: boolean
}

const SECRET = /^[\x21-\x7e]{16,128}$/

/** Encrypts the secret of a new key; of a key that is there it only checks that the secret is the same. */
export function sealWritten(
  context: SecretContext,
  accessKeyId: string,
  written: string,
): SealResult {
  const found = resolve(context, written)
  if (!found.ok) return found
  const { secret } = found
  if (!SECRET.test(secret)) {
    return refuse('a secret has 16 to 128 visible ASCII characters, and nothing around them')
  }
  const before = context.present.accessKeys.get(accessKeyId)
  const ring = context.masterKeys
  if (ring === undefined) throw new Error('a secret without master keys')
  if (before === undefined) {
    const sealed = sealSecret(ring.current, accessKeyId, secret, context.randomBytes)
    return { ok: true, sealed }
  }
  const opened = openSecret(ring, accessKeyId, before.secret)
  if (!opened.ok) return refuse(describeOpenProblem(opened.problem, accessKeyId))
  if (opened.secret !== secret) {
    return refuse('the secret of an access key never changes; write a new key and disable this one')
  }
  return { ok: true, sealed: before.secret }
}

type Resolved =
  { readonly ok: true; readonly secret: string } | { readonly ok: false; readonly problem: string }

function resolve(context: SecretContext, written: string): Resolved {
  if (written.startsWith('env:')) {
    const name = written.slice('env:'.length)
    const secret = context.environment[name]
    return secret === undefined || secret === ''
      ? refuse(`the environment has no ${name}`)
      : { ok: true, secret }
  }
  if (written.startsWith('file:')) {
    return readSecretFile(path.resolve(context.folder, written.slice('file:'.length)))
  }
  if (context.allowsLiteral) return { ok: true, secret: written }
  return refuse('a secret must not stand in the file; write env:NAME or file:PATH')
}

function readSecretFile(file: string): Resolved {
  try {
    return { ok: true, secret: readFileSync(file, 'utf8').replace(/\r?\n$/, '') }
  } catch (error) {
    return refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function refuse(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem }
}
