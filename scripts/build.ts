/**
 * Makes dist/: what is published, and nothing else needs. `npm pack` and `npm publish` run it (`prepack`).
 *
 * Why ours    tsc writes the JavaScript and the declarations, and leaves lying what the program reads at run time:
 *             migrations, YAML and JSON files, and a page's files. What others import is bundled beside it.
 */
import { spawnSync } from 'node:child_process'
import { chmod, cp, rm } from 'node:fs/promises'
import path from 'node:path'
import { bundle } from './bundle.ts'

const ROOT = path.join(import.meta.dirname, '..')
const READ_AT_RUN_TIME = /\.(sql|ya?ml|json|html|css|js)$/

await rm(path.join(ROOT, 'dist'), { recursive: true, force: true })
const compiled = spawnSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  // stdout belongs to `npm pack --json`, which runs this.
  { cwd: ROOT, stdio: ['ignore', 2, 2] },
)
if (compiled.status !== 0) process.exit(1)
await cp(path.join(ROOT, 'src'), path.join(ROOT, 'dist'), { recursive: true, filter: isPublished })
await bundle(ROOT, path.join(ROOT, 'dist'))
await chmod(path.join(ROOT, 'dist/cli/main.js'), 0o755)

function isPublished(source: string): boolean {
  const name = path.basename(source)
  return !name.includes('.') || (READ_AT_RUN_TIME.test(name) && name !== 'tsconfig.json')
}
