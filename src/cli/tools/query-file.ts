/** The answer of a query as a file, and how far it is meanwhile. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type HttpClient } from '../../client/index.js';
import { syncPath } from '../../query/files.js';
import type { FileFormat } from '../../query/query-runner.js';
import { UsageError } from '../args.js';
import { withFolder } from './query-folder.js';
import type { Output } from './tool.js';

const POLL_MS = 250;
const FORMATS: Readonly<Record<string, FileFormat>> = { '.csv': 'csv', '.parquet': 'parquet' };

/** Throws UsageError for an ending that says nothing. */
export function formatOf(file: string): FileFormat {
  const format = FORMATS[extname(file).toLowerCase()];
  if (format === undefined) throw new UsageError(`--out ${file}: the file must end in .csv or .parquet.`);
  return format;
}

/** All rows of a data folder, however many; returns their number. The file is there whole or not at all. */
export async function saveFromFolder(sql: string, dataDir: string, file: string, out: Output): Promise<number> {
  const format = formatOf(file);
  const temporary = `${resolve(file)}.part`;
  const reading = out.progress('reading the log    ');
  const asking = out.progress('writing the answer ');
  try {
    const rows = await withFolder(dataDir, { outFolder: dirname(temporary), onRead: (share) => reading.update(share) }, async (engine) => {
      reading.done();
      const { signal } = new AbortController();
      return await engine.save({ kind: 'sql', sql }, temporary, format, signal, (share) => asking.update(share));
    });
    publish(temporary, file);
    asking.update(1);
    return rows;
  } finally {
    asking.done();
    rmSync(temporary, { force: true });
  }
}

/** What a running exchange gives as a file; it says how far it is. */
export async function saveFromExchange(client: HttpClient, sql: string, file: string, out: Output): Promise<void> {
  const format = formatOf(file);
  const temporary = `${resolve(file)}.part`;
  const asking = out.progress('writing the answer ');
  const over = new AbortController();
  const following = follow(client, sql, (share) => asking.update(share), over.signal);
  try {
    const body = await download(client, sql, format);
    const target = openSync(temporary, 'w', 0o600);
    writeSync(target, body);
    fsyncSync(target);
    closeSync(target);
    publish(temporary, file);
    asking.update(1);
  } finally {
    over.abort();
    await following;
    asking.done();
    rmSync(temporary, { force: true });
  }
}

function publish(temporary: string, file: string): void {
  syncPath(temporary);
  renameSync(temporary, file);
}

async function download(client: HttpClient, sql: string, format: FileFormat): Promise<Buffer> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${client.token ?? ''}` };
  const answer = await fetch(`${client.url}/api/data/query/sql`, { method: 'POST', headers, body: JSON.stringify({ sql, format }) });
  const body = Buffer.from(await answer.arrayBuffer());
  if (answer.ok) return body;
  const { error } = JSON.parse(body.toString()) as {
    error: { code: number; message: string; details?: { field: string; reason: string }[] };
  };
  throw new ApiError(error.code, error.message, answer.status, error.details);
}

/** Asks how far the query is until it is told to stop. */
async function follow(client: HttpClient, sql: string, onProgress: (share: number) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const { queries } = await client.call<{ queries: { text: string; progress: number | null }[] }>('GET', '/api/data/query/running');
      const own = queries.findLast(({ text }) => sql.startsWith(text));
      if (own !== undefined && own.progress !== null) onProgress(own.progress);
    } catch {
      // The bar stands still; the answer says what is wrong.
    }
  }
}
