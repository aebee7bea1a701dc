/** Memory of another process. */
import { readFileSync } from 'node:fs';

/** Resident bytes; Linux only. */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  if (match === null) throw new Error(`process ${pid} tells no VmRSS`);
  return Number(match[1]) * 1024;
}
