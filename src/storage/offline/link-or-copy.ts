/** A file under another name: a link where that can be, for files that are never written again. */
import { constants, copyFileSync, linkSync } from 'node:fs';

export function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch (error) {
    // Another file system, one without links, or a file of another owner.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    copyFileSync(source, target, constants.COPYFILE_FICLONE);
  }
}
