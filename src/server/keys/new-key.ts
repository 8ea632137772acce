/**
 * Makes access keys of the form that AWS's have, so that every tool which looks at the form takes them.
 *
 * Randomness is an argument: callers pass node:crypto's, tests pass their own.
 */
import { hashSessionToken } from '../../wire/sigv4/index.ts'

/** As `randomBytes` of node:crypto. */
export type RandomBytes = (sizeBytes: number) => Buffer

export interface NewLongTermKey {
  /** AKIA and 16 characters. */
  readonly accessKeyId: string
  /** 40 characters: 240 random bits. Shown once, stored only encrypted. */
  readonly secretAccessKey: string
}

export interface NewTemporaryKey {
  /** ASIA and 16 characters. */
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** 128 characters: 768 random bits. Shown once, stored only as its hash. */
  readonly sessionToken: string
  readonly sessionTokenHash: Buffer
}

/** 80 bits are 16 characters of base32. */
const ID_BYTES = 10
/** 240 bits are 40 characters of base64, without padding. */
const SECRET_BYTES = 30
const TOKEN_BYTES = 96
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export function newLongTermKey(randomBytes: RandomBytes): NewLongTermKey {
  return {
    accessKeyId: `AKIA${base32(randomBytes(ID_BYTES))}`,
    secretAccessKey: randomBytes(SECRET_BYTES).toString('base64'),
  }
}

export function newTemporaryKey(randomBytes: RandomBytes): NewTemporaryKey {
  const sessionToken = randomBytes(TOKEN_BYTES).toString('base64')
  return {
    accessKeyId: `ASIA${base32(randomBytes(ID_BYTES))}`,
    secretAccessKey: randomBytes(SECRET_BYTES).toString('base64'),
    sessionToken,
    sessionTokenHash: hashSessionToken(sessionToken),
  }
}

/** Five bits a character, the first bits first. Whole for a multiple of five bytes. */
function base32(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let bitCount = 0
  for (const byte of bytes) {
    bits = (bits << 8) | byte
    bitCount += 8
    while (bitCount >= 5) {
      bitCount -= 5
      text += BASE32.charAt((bits >> bitCount) & 31)
    }
    bits &= (1 << bitCount) - 1
  }
  return text
}
