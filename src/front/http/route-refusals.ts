/** The codes that a route may refuse with: those that follow from its declaration, and its own. */
import type { RefusalCode } from '../../core/refusal.js';
import type { Route } from './route.js';

interface ObjectSchema {
  readonly properties?: object;
}

/** Without repetition, in no particular order. */
export function refusalsOf(route: Route): RefusalCode[] {
  const { access, body } = route;
  const codes = new Set<RefusalCode>([5000, ...route.refusals]);
  if (!route.alwaysServed) codes.add(9005);
  if (body !== undefined) codes.add(9003).add(9010);
  if (body !== undefined || hasFields(route.params) || hasFields(route.query)) codes.add(9008);
  // a query whose encoding is broken cannot be read
  if (hasFields(route.query)) codes.add(9003);
  if (access.caller !== 'public') codes.add(9001).add(9002).add(9004);
  if (route.limitedByAddress) codes.add(9004);
  if (route.takesIdempotencyKey) codes.add(9009);
  // of a route that is for every user only a foreign user_id in the body is refused
  if (access.caller !== 'public' && access.caller !== 'user') codes.add(9006);
  return [...codes];
}

function hasFields(schema: ObjectSchema): boolean {
  return Object.keys(schema.properties ?? {}).length > 0;
}
