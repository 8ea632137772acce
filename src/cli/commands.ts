/** Every command by its name, in the order of the help. A file for each stands under `commands/`. */
import type { CommandTable } from './parse.ts'

export const COMMANDS: CommandTable = {
  demo: async () => (await import('./commands/demo.ts')).demo,
  serve: async () => (await import('./commands/serve.ts')).serve,
  'catalog apply': async () => (await import('./commands/catalog-apply.ts')).catalogApply,
  'catalog show': async () => (await import('./commands/catalog-show.ts')).catalogShow,
  'catalog export': async () => (await import('./commands/catalog-export.ts')).catalogExport,
  'sellers list': async () => (await import('./commands/parties.ts')).sellersList,
  'products list': async () => (await import('./commands/parties.ts')).productsList,
  'buyers list': async () => (await import('./commands/parties.ts')).buyersList,
  'agreements list': async () => (await import('./commands/agreements.ts')).agreementsList,
  'agreements create': async () => (await import('./commands/agreements.ts')).agreementsCreate,
  'agreements cancel': async () => (await import('./commands/agreements.ts')).agreementsCancel,
  'agreements suspend': async () => (await import('./commands/agreements.ts')).agreementsSuspend,
  'agreements resume': async () => (await import('./commands/agreements.ts')).agreementsResume,
  'keys list': async () => (await import('./commands/keys.ts')).keysList,
  'keys create': async () => (await import('./commands/keys.ts')).keysCreate,
  'keys disable': async () => (await import('./commands/keys.ts')).keysDisable,
  'keys enable': async () => (await import('./commands/keys.ts')).keysEnable,
  'keys rotate-master': async () => (await import('./commands/keys.ts')).keysRotateMaster,
  'tokens list': async () => (await import('./commands/tokens.ts')).tokensList,
  'tokens create': async () => (await import('./commands/tokens.ts')).tokensCreate,
  'tokens revoke': async () => (await import('./commands/tokens.ts')).tokensRevoke,
}
