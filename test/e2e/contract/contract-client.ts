/** Calls routes and holds every answer against the served document: status, code, form, and nothing beyond what is declared. */
import { ROUTES } from '../../../src/front/http/routes/index.js';
import type { Route } from '../../../src/front/http/route.js';
import type { CallOptions, HttpAnswer, HttpClient } from '../../support/http-client.js';
import { faults, resolved, undeclared, type JsonSchema } from '../../support/json-schema.js';
import { examplePath } from './examples.js';

interface Answered {
  readonly 'x-codes'?: readonly number[];
  readonly content: Readonly<Record<string, { schema: JsonSchema }>>;
}

export interface Operation {
  readonly route: Route;
  /** As in the table. */
  readonly path: string;
  readonly responses: Readonly<Record<string, Answered>>;
  readonly body: JsonSchema | undefined;
  readonly query: readonly { name: string; required: boolean; schema: JsonSchema }[];
}

export interface Call extends CallOptions {
  params?: Record<string, string>;
  query?: Record<string, string>;
}

interface RawOperation {
  operationId: string;
  parameters: { name: string; in: string; required: boolean; schema: unknown }[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, unknown>;
}

export class ContractClient {
  readonly operations: Operation[] = [];
  /** What did not keep to the document. */
  readonly problems: string[] = [];
  /** Pairs of route and code that were answered; 0 stands for success. */
  readonly seen = new Set<string>();
  private readonly byId = new Map<string, Operation>();

  private constructor(readonly client: HttpClient) {}

  static async open(client: HttpClient): Promise<ContractClient> {
    const contract = new ContractClient(client);
    const document = JSON.parse((await client.call('GET', '/openapi.json')).text) as {
      paths: Record<string, Record<string, RawOperation>>;
    };
    for (const [template, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods)) contract.add(template, operation, document);
    }
    return contract;
  }

  /** The canonical operation of a route. */
  operation(id: string): Operation {
    const operation = this.byId.get(id);
    if (operation === undefined) throw new Error(`the document has no operation ${id}`);
    return operation;
  }

  call(id: string, call: Call = {}, ids: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    return this.callOperation(this.operation(id), call, ids);
  }

  async callOperation(operation: Operation, call: Call, ids: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    const { route, path } = operation;
    const answer = await this.client.call(route.method, examplePath(path, call, ids), call);
    this.check(operation, answer);
    return answer;
  }

  /** Makes a call that must be refused with a code. */
  async refused(id: string, code: number, call: Call, ids: Readonly<Record<string, string>> = {}): Promise<void> {
    const answer = await this.call(id, call, ids);
    if (answer.code !== code) this.problems.push(`${id} should refuse with ${code}: ${answer.status} ${answer.text.slice(0, 200)}`);
  }

  /** Codes that were declared and not answered, but for those of 500 and above. */
  unreached(): string[] {
    const missing = new Set<string>();
    for (const { route, responses } of this.operations) {
      for (const [status, { 'x-codes': codes = [] }] of Object.entries(responses)) {
        if (Number(status) >= 500) continue;
        for (const code of codes) if (!this.seen.has(`${route.id} ${code}`)) missing.add(`${route.id} ${code}`);
      }
    }
    return [...missing].sort();
  }

  private add(template: string, raw: RawOperation, document: unknown): void {
    const route = ROUTES.find(({ id }) => id === raw.operationId.split('-alias-')[0]);
    if (route === undefined) throw new Error(`no route ${raw.operationId}`);
    const bodySchema = raw.requestBody?.content['application/json']?.schema;
    const operation: Operation = {
      route,
      path: template.replaceAll(/\{(\w+)\}/g, ':$1'),
      responses: resolved(raw.responses, document) as unknown as Operation['responses'],
      body: bodySchema === undefined ? undefined : resolved(bodySchema, document),
      query: raw.parameters
        .filter((parameter) => parameter.in === 'query')
        .map(({ name, required, schema }) => ({ name, required, schema: resolved(schema, document) })),
    };
    this.operations.push(operation);
    if (raw.operationId === route.id) this.byId.set(route.id, operation);
  }

  private check({ route, responses }: Operation, { status, code, text, headers }: HttpAnswer): void {
    this.seen.add(`${route.id} ${code}`);
    const say = (what: string): void => void this.problems.push(`${route.id} ${what}: ${status} ${text.slice(0, 200)}`);
    const declared = responses[status];
    if (declared === undefined) return say('answers with an undeclared status');
    if (code !== 0 && !declared['x-codes']?.includes(code)) return say(`refuses with ${code}, which is not declared`);
    if ((status === 429 || status === 503) && code !== 0 && headers['retry-after'] === undefined) say('has no Retry-After');
    const type = String(headers['content-type']).split(';')[0];
    const schema = declared.content[type]?.schema ?? declared.content['*/*']?.schema;
    if (schema === undefined) return say(`answers as ${type}, which is not declared`);
    const value: unknown = type === 'application/json' && schema.type !== 'string' ? JSON.parse(text) : text;
    const found = faults(schema, value);
    if (found.length > 0) say(`does not answer in its form (${JSON.stringify(found[0])})`);
    const extra = undeclared(schema, value);
    // the document itself is open: it is one of OpenAPI's, not of ours
    if (extra.length > 0 && route.id !== 'N7') say(`answers with undeclared fields ${extra.join(' ')}`);
  }
}
