/**
 * Takes the passwords of URLs out of texts that others may see: the list of processes, and what the reader of the command
 * line says of words that it does not understand. Our own sentences never repeat a URL.
 *
 * Limits      Until this process has begun, and in the shell and npm that started it, the list of processes shows the line as
 *             it was typed. MARKETMETER_LEDGER, PGPASSWORD and ~/.pgpass are never shown there.
 * Checked by  hidden-passwords.test.ts
 */

const IN_FRONT_OF_HOST = /(\b[a-z][a-z+.-]*:\/\/[^\s:/@]*):\S*@/gi
const IN_PARAMETER = /([?&](?:password|sslpassword)=)[^\s&]*/gi

export function withoutPasswords(text: string): string {
  return text.replace(IN_FRONT_OF_HOST, '$1@').replace(IN_PARAMETER, '$1')
}

/** The name for the list of processes in place of a line that shows a password; undefined if it shows none. */
export function titleWithoutPasswords(words: readonly string[]): string | undefined {
  const line = words.join(' ')
  const shown = withoutPasswords(line)
  return shown === line ? undefined : shown
}
