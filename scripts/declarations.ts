/**
 * The declarations of what sellers' tests import, each in one file: what can be reached, and no package but the AWS SDK.
 *
 * Why not tsc's   They lead through half the program to typebox, whose own cost a project that checks its libraries ten seconds.
 *                 Interfaces made from the schemas cost none, and say of each member what it is.
 * Checked by testing/packed/
 */
import { glob, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { compile, type Options } from 'json-schema-to-typescript'
import { rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'
import type { TSchema } from 'typebox'
import { SEED_FILE } from '../src/sandbox/seed-schema.ts'
import { MeteringRecord, RefusedUsage } from '../src/server/admin/schemas-read-back.ts'
import { Agreement, PublicKey, RegistrationToken } from '../src/server/admin/schemas.ts'
import { PROFILE_CHANGES } from '../src/server/profile-file.ts'

const SHAPES: Readonly<Record<string, TSchema>> = {
  Seed: SEED_FILE,
  ProfileChanges: PROFILE_CHANGES,
  SandboxAgreement: Agreement,
  SandboxPublicKey: PublicKey,
  SandboxRecord: MeteringRecord,
  SandboxRefusal: RefusedUsage,
  SandboxToken: RegistrationToken,
}

const OPTIONS: Partial<Options> = {
  additionalProperties: false,
  bannerComment: '',
  ignoreMinAndMaxItems: true,
}

/** Takes the place of what tsc made of src/sandbox/shapes.ts. */
export async function writeShapes(dist: string): Promise<void> {
  const declared = await Promise.all(
    Object.entries(SHAPES).map(([name, schema]) => compile(plain(schema), name, OPTIONS)),
  )
  await writeFile(path.join(dist, 'sandbox/shapes.d.ts'), declared.join('\n'))
}

function plain(schema: TSchema): object {
  return JSON.parse(JSON.stringify(schema, plainPart)) as object
}

/** A title would become a type of its own. */
function plainPart(key: string, value: unknown): unknown {
  return key === 'title' && typeof value === 'string' ? undefined : value
}

/** @param module Of `dist`, as tsc's declarations have it, such as `sandbox/index`. */
export async function writeDeclarations(module: string, name: string, dist: string): Promise<void> {
  const built = await rolldown({
    input: { [name]: path.join(dist, `${module}.d.ts`) },
    external: /^@aws-sdk\//,
    plugins: [dts({ dtsInput: true, tsconfig: false })],
  })
  const dir = path.join(dist, 'exports')
  for (const extension of ['d.ts', 'd.cts']) {
    await built.write({ dir, entryFileNames: `[name].${extension}` })
  }
  await built.close()
}

/** All but those of exports: nothing reads them. */
export async function removeOtherDeclarations(dist: string): Promise<void> {
  for await (const file of glob('**/*.d.ts', { cwd: dist, exclude: ['exports/**'] })) {
    await rm(path.join(dist, file))
  }
}
