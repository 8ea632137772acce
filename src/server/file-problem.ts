/** Why the system did not read a file, for a sentence that names the file already. */
export function fileProblemOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error)
  // `ENOENT: no such file or directory, open '/etc/marketmeter.yaml'`
  const isSystems = error instanceof Error && 'syscall' in error
  return isSystems ? reason.replace(/, \w+( '[^]*')?$/, '') : reason
}
