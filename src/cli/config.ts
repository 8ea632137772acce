/**
 * The environment of the process. Nothing else in the program reads `process.env`.
 */
import type { Io } from './command.ts'

export function processIo(): Io {
  return {
    out: process.stdout,
    err: process.stderr,
    in: process.stdin,
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    env: process.env,
  }
}
