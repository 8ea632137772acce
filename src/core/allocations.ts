/**
 * The rules of usage allocations: the parts of a quantity and the tags under which they stand.
 *
 * Source: CONTRACT rules 119 to 125. Lengths and list sizes are constraints and checked by `wire/`.
 */
import type { Profile } from './profile.ts'
import type { Allocation, Tag } from './usage.ts'

/**
 * The characters of a tag's key and value. ` -=` is a range, U+0020 to U+003D, by the letter of
 * the published pattern `^[a-zA-Z0-9+ -=._:\/@]+$`, so punctuation such as `!` or `<` passes (rule 6).
 */
const TAG_TEXT = /^[a-zA-Z0-9+ -=._:/@]*$/

export type TagProfile = Pick<
  Profile,
  'tagsPerAllocationMax' | 'tooManyTags' | 'tagKeysPerRecordMax'
>

/** The first problem with the tags of a record, in words, or undefined. */
export function tagProblem(
  allocations: readonly Allocation[],
  profile: TagProfile,
): string | undefined {
  for (const { tags } of allocations) {
    const problem =
      tagCountProblem(tags, profile) ?? firstTagTextProblem(tags) ?? repeatedKeyProblem(tags)
    if (problem !== undefined) return problem
  }
  return tagKeysProblem(allocations, profile)
}

export function tagCountProblem(
  { length }: readonly Tag[],
  { tagsPerAllocationMax }: Pick<TagProfile, 'tagsPerAllocationMax'>,
): string | undefined {
  if (length <= tagsPerAllocationMax) return undefined
  return `an allocation has ${length} tags; at most ${tagsPerAllocationMax} are allowed`
}

export function tagTextProblem({ key, value }: Tag): string | undefined {
  if (!TAG_TEXT.test(key)) return 'a tag key holds a character that is not allowed'
  if (!TAG_TEXT.test(value)) return 'a tag value holds a character that is not allowed'
  return undefined
}

export function repeatedKeyProblem(tags: readonly Tag[]): string | undefined {
  const repeated = tags.find(
    ({ key }, index) => tags.findIndex((other) => other.key === key) !== index,
  )
  return repeated && `the tag key ${repeated.key} stands twice in one allocation`
}

/** The distinct keys of a whole record. */
export function tagKeysProblem(
  allocations: readonly Allocation[],
  { tagKeysPerRecordMax }: Pick<TagProfile, 'tagKeysPerRecordMax'>,
): string | undefined {
  const keys = new Set<string>()
  for (const { tags } of allocations) for (const { key } of tags) keys.add(key)
  if (keys.size <= tagKeysPerRecordMax) return undefined
  return `the record uses ${keys.size} tag keys; at most ${tagKeysPerRecordMax} are allowed`
}

function firstTagTextProblem(tags: readonly Tag[]): string | undefined {
  for (const tag of tags) {
    const problem = tagTextProblem(tag)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The first problem with the sums and sets of a record's allocations, in words, or undefined. */
export function allocationProblem(
  allocations: readonly Allocation[],
  quantity: number,
): string | undefined {
  return sumProblem(allocations, quantity) ?? repeatedTagSetProblem(allocations)
}

export function sumProblem(
  allocations: readonly Allocation[],
  quantity: number,
): string | undefined {
  // 2,500 quantities of 31 bits stay far below 2^53, so the sum is exact.
  let sum = 0
  for (const allocation of allocations) sum += allocation.quantity
  return sum === quantity
    ? undefined
    : `the allocations add up to ${sum}, not to the quantity ${quantity}`
}

export function repeatedTagSetProblem(allocations: readonly Allocation[]): string | undefined {
  const tagSets = new Set(allocations.map(({ tags }) => tagSetText(tags)))
  return tagSets.size === allocations.length
    ? undefined
    : 'two allocations have the same set of tags'
}

/** Whether two records divide their quantity alike; the order of tags and of parts never counts. */
export function sameAllocations(
  left: readonly Allocation[] | undefined,
  right: readonly Allocation[] | undefined,
): boolean {
  if (left === undefined || right === undefined) return left === right
  return allocationsText(left) === allocationsText(right)
}

/** One text for one division of a quantity, whatever the order of its parts and tags. */
export function allocationsText(allocations: readonly Allocation[]): string {
  return allocations
    .map(({ quantity, tags }) => `${quantity}${tagSetText(tags)}`)
    .sort()
    .join()
}

/** One text for a set of tags: JSON quoting keeps keys and values apart whatever they hold. */
function tagSetText(tags: readonly Tag[]): string {
  if (tags.length === 0) return '[]'
  return JSON.stringify(tags.map(({ key, value }) => [key, value]).sort(byKey))
}

function byKey(left: readonly string[], right: readonly string[]): number {
  const [leftKey = ''] = left
  const [rightKey = ''] = right
  return leftKey < rightKey ? -1 : leftKey > rightKey ? 1 : 0
}
