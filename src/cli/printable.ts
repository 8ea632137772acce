/** Text for a terminal: a stranger's control characters neither move the cursor nor look like another line. */
export function printable(value: string | number): string {
  // eslint-disable-next-line no-control-regex -- finding control characters is the point
  return String(value).replace(/[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '·')
}
