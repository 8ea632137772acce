/** What somebody asked of a sandbox and cannot have. The message is for them: one sentence, with what there is instead. */
export class SandboxRefused extends Error {
  readonly status: 400 | 403 | 404 | 409

  constructor(status: SandboxRefused['status'], message: string) {
    super(message)
    this.name = 'SandboxRefused'
    this.status = status
  }
}
