/**
 * The program in few files: compiled modules of dist/src and dist/workers become dist/program. A thread that loads five
 * files instead of five hundred is at work three times sooner; a start takes half the processor time.
 *
 * Chunks lie two folders deep, as most modules do: `../../workers/` and, from three deep, `../../../../schemas/` lead to the
 * same places from both.
 */
import { readdirSync } from 'node:fs';

const threads = readdirSync('dist/workers').filter((name) => name.endsWith('.js'));

/** Native code, and packages that load files of their own by path. */
const EXTERNAL = /^(bcrypt|classic-level|uWebSockets\.js|piscina|pino|swagger-ui-dist|@duckdb\/|etcd3|@grpc\/|hdr-histogram-js)/;

export default {
  input: {
    'src/main': 'dist/src/main.js',
    ...Object.fromEntries(threads.map((name) => [`workers/${name.slice(0, -3)}`, `dist/workers/${name}`])),
  },
  platform: 'node',
  external: (id) => EXTERNAL.test(id),
  output: {
    dir: 'dist/program',
    format: 'esm',
    sourcemap: true,
    // names stay: profiles and traces are read by them
    minify: { compress: false, mangle: false, codegen: true },
    entryFileNames: '[name].js',
    chunkFileNames: 'src/chunks/[name].js',
  },
};
