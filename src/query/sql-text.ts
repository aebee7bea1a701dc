/** Names and texts as SQL has them. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path that is meant as it is written, whatever its characters mean in patterns. */
export function pathLiteral(path: string): string {
  return literal(path.replaceAll(/[[\]*?]/g, (character) => `[${character}]`));
}
