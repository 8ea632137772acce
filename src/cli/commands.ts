/** Every command by its name, in the order of the help. A file for each stands under `commands/`. */
import type { CommandTable } from './parse.ts'

export const COMMANDS: CommandTable = {
  demo: async () => (await import('./commands/demo.ts')).demo,
  serve: async () => (await import('./commands/serve.ts')).serve,
}
