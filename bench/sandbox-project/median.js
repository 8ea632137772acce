/** The mean of the two in the middle: of an even number. */
export function medianOf(values) {
  const sorted = values.toSorted((left, right) => left - right)
  return (sorted[values.length / 2 - 1] + sorted[values.length / 2]) / 2
}
