/**
 * The public types that are made from schemas. In the package they are plain interfaces with the schemas' descriptions, which
 * scripts/declarations.ts writes in this module's place: a project that checks its libraries would wait seconds for typebox.
 */
import type { View } from '../server/admin/views.ts'
import type { ProfileChanges as Changes } from '../server/profile-file.ts'
import type { SeedFile } from './seed-schema.ts'

export type Seed = SeedFile
export type ProfileChanges = Changes
export type SandboxAgreement = View<'Agreement'>
export type SandboxPublicKey = View<'PublicKey'>
export type SandboxRecord = View<'MeteringRecord'>
export type SandboxRefusal = View<'RefusedUsage'>
export type SandboxToken = View<'RegistrationToken'>
