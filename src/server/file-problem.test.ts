import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { fileProblemOf } from './file-problem.ts'

function problemOfReading(file: string): string {
  try {
    readFileSync(file)
    return ''
  } catch (error) {
    return fileProblemOf(error)
  }
}

it('tells why a file was not read, and leaves its name to the sentence around it', () => {
  assert.equal(problemOfReading('/not/there'), 'ENOENT: no such file or directory')
  assert.equal(problemOfReading(`/not, open 'a'/there`), 'ENOENT: no such file or directory')
  assert.equal(problemOfReading('/'), 'EISDIR: illegal operation on a directory')
  assert.equal(fileProblemOf(new Error("bad, open 'x'")), "bad, open 'x'")
  assert.equal(fileProblemOf('odd'), 'odd')
})
