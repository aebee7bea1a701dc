/**
 * The web application as files: what `npm run build` left in dist/web, compressed then. Every path that no route has and that a browser
 * wants as a page is the application's, which finds the page by itself.
 */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer } from './response.js';

/** From the root, where this file lies in dist/src/front/http and where it is a part of dist/program/src/chunks. */
const FOLDER = fileURLToPath(new URL('../../../../dist/web/', import.meta.url));

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
};

/** Names of one folder: no path is made of anything else that a client sends. */
const FILE = /^\/(?:assets\/)?[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(?:js|css|svg|json)$/;
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** Own script only, no inline one, no eval, nobody else to talk to but the nodes of our cluster. The component library puts its styles into the document. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Names under assets/ carry a digest of what is in them. */
const FOREVER = ['cache-control', 'public, max-age=31536000, immutable'] as const;
const REVALIDATED = ['cache-control', 'no-cache'] as const;

export interface PageRequest {
  readonly path: string;
  /** Of the header Accept. */
  readonly accept: string;
  /** Of the header Accept-Encoding. */
  readonly acceptEncoding: string;
}

export class WebPages {
  /** Files of assets/ never change, so they are read once. */
  private readonly kept = new Map<string, Buffer>();

  /** `nodes` are those of the cluster, as they become known. */
  constructor(
    private readonly folder = FOLDER,
    private readonly nodes: ReadonlySet<string> = new Set(),
  ) {}

  /** Undefined for what is no part of the application, and when that was never built. */
  async answer(request: PageRequest): Promise<Answer | undefined> {
    const { path } = request;
    if (FILE.test(path)) return await this.file(path, request.acceptEncoding);
    const isPage = isWanted(request) && !path.startsWith('/api/') && extname(path) === '';
    return isPage ? await this.file('/index.html', request.acceptEncoding) : undefined;
  }

  private async file(path: string, acceptEncoding: string): Promise<Answer | undefined> {
    const accepted = acceptEncoding.split(',').map((each) => each.split(';')[0].trim());
    for (const [encoding, ending] of ENCODINGS) {
      if (!accepted.includes(encoding)) continue;
      const body = await this.read(path + ending);
      if (body !== undefined) return this.answerOf(path, body, encoding);
    }
    const body = await this.read(path);
    return body === undefined ? undefined : this.answerOf(path, body, '');
  }

  private async read(path: string): Promise<Buffer | undefined> {
    const kept = this.kept.get(path);
    if (kept !== undefined) return kept;
    try {
      const body = await readFile(join(this.folder, path));
      if (path.startsWith('/assets/')) this.kept.set(path, body);
      return body;
    } catch {
      return undefined;
    }
  }

  private answerOf(path: string, body: Buffer, encoding: string): Answer {
    const headers: (readonly [string, string])[] = [
      path.startsWith('/assets/') ? FOREVER : REVALIDATED,
      ['vary', 'accept-encoding'],
      ['content-security-policy', `${POLICY}; connect-src 'self' ${this.others()}`.trim()],
      ['cross-origin-opener-policy', 'same-origin'],
    ];
    if (encoding !== '') headers.push(['content-encoding', encoding]);
    return { status: 200, contentType: MEDIA_TYPES[extname(path)], body, headers };
  }

  /** Who follows the leader asks it, over both protocols. */
  private others(): string {
    return [...this.nodes].map((url) => `${url} ${url.replace('http', 'ws')}`).join(' ');
  }
}

/** A browser says that it wants a page. At the root there is nothing else, so whoever takes anything gets it, too. */
function isWanted({ path, accept }: PageRequest): boolean {
  return accept.includes('text/html') || (path === '/' && (accept === '' || accept.includes('*/*')));
}
