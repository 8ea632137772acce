/** Text for a terminal: a stranger's control characters neither move the cursor nor look like another line. */
export function printable(value: string | number): string {
  return String(value).replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '·')
}
