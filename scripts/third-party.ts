/** The notice that goes with bundles: each package that went in, at its version, with its licence as it ships it. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
}

const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/
const LICENSE = /^licen[cs]e(\.\w+)?$/i

/** @param modules Paths of the packages' modules. */
export async function noticeOf(modules: Iterable<string>): Promise<string> {
  const folders = new Set([...modules].map(folderOf))
  const notices = await Promise.all([...folders].sort().map(noticeIn))
  return `Some files in this folder contain these packages.\n\n${notices.join('\n')}`
}

function folderOf(module: string): string {
  const [folder] = PACKAGE.exec(module.replaceAll(path.sep, '/')) ?? []
  if (folder === undefined) throw new Error(`${module} is of no package`)
  return folder
}

async function noticeIn(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Manifest
  const file = (await readdir(folder)).find((name) => LICENSE.test(name))
  if (file === undefined)
    throw new Error(`${manifest.name} ships no licence to put into the notice`)
  const text = await readFile(path.join(folder, file), 'utf8')
  return `${'='.repeat(80)}\n${manifest.name} ${manifest.version} (${manifest.license})\n\n${text.trim()}\n`
}
