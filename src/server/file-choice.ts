/** A choice is a name, or the path of a file. */

const FILE = /[/\\]|\.(?:ya?ml|json)$/i

/** Something with a slash, or that ends as YAML and JSON files do. */
export function namesFile(choice: string): boolean {
  return FILE.test(choice)
}
