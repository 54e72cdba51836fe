import { applyDecorators, HttpCode, SetMetadata } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  type ApiResponseOptions,
} from '@nestjs/swagger';
import type { ErrorCode } from '@vigil/domain';
import { type z } from 'zod';
import { PROBLEMS } from './problem.js';
import { inlineSchema, type SchemaName, schemaRef, SCHEMAS } from './schemas.js';

export const ENDPOINT = 'vigil:endpoint';

/** What plain-path.ts and Node refuse of an address that somebody can make long. */
const ADDRESS_REFUSALS: readonly (readonly [number, string])[] = [
  [414, 'an address that is too long'],
  [431, 'headers or an address that are far too long'],
];
/** What body-parsers.ts and server-limits.ts refuse. */
const BODY_REFUSALS: readonly (readonly [number, string])[] = [
  [413, 'a body that is too large'],
  [415, 'a body of another media type'],
];

export interface EndpointShape {
  /** One line, imperative. */
  readonly summary: string;
  readonly description?: string;
  readonly params?: Readonly<Record<string, z.ZodType>>;
  readonly query?: z.ZodObject;
  /** Headers that the endpoint reads, with what they are for and, where it is not any text, their form. */
  readonly headers?: Readonly<
    Record<string, { readonly required: boolean; readonly meaning: string; readonly form?: z.ZodType }>
  >;
  readonly body?: SchemaName;
  /** Media types in which the body comes; left out: `application/json`. */
  readonly bodyMedia?: readonly string[];
  /** Null: no content. `text`: plain text. Two names: either. */
  readonly answer: SchemaName | readonly SchemaName[] | 'text' | 'json' | 'other' | null;
  /** Further media types in which the answer comes, as text, e.g. `text/html`; with `answer: 'other'` the only ones. */
  readonly media?: readonly string[];
  /** Media type of an answer with a name; left out: `application/json`. */
  readonly answerMedia?: string;
  readonly status?: number;
  /** Statuses beside `status` that carry no body, e.g. 304. */
  readonly bodiless?: Readonly<Record<number, string>>;
  /** Statuses beside `status` under which the answer comes too, e.g. 503 of a health check. */
  readonly also?: Readonly<Record<number, string>>;
  /** Problems beyond those that access brings along. */
  readonly problems?: readonly ErrorCode[];
}

/** What an endpoint takes and gives: its entry in the OpenAPI document, from the same schemas that check it. */
export function Endpoint(shape: EndpointShape): MethodDecorator {
  const status = shape.status ?? (shape.answer === null ? 204 : 200);
  const decorators: (MethodDecorator | ClassDecorator)[] = [
    SetMetadata(ENDPOINT, shape),
    HttpCode(status),
    ApiOperation({ summary: shape.summary, ...(shape.description === undefined ? {} : { description: shape.description }) }),
    ApiResponse(withMedia(answerOf(status, shape.answer, shape.answerMedia), shape.media ?? [])),
    ...problemResponses(shape),
  ];
  for (const [name, schema] of Object.entries(shape.params ?? {})) {
    decorators.push(ApiParam({ name, schema: inlineSchema(schema) }));
  }
  for (const [name, schema] of Object.entries(shape.query?.shape ?? {}) as [string, z.ZodType][]) {
    const required = !schema.safeParse(undefined).success;
    decorators.push(ApiQuery({ name, required, schema: inlineSchema(schema) }));
  }
  for (const [name, { required, meaning, form }] of Object.entries(shape.headers ?? {})) {
    const schema = form === undefined ? { type: 'string' } : inlineSchema(form);
    decorators.push(ApiHeader({ name, required, description: meaning, schema }));
  }
  if (shape.body !== undefined) decorators.push(bodyOf(shape.body, shape.bodyMedia ?? ['application/json']));
  for (const [code, description] of Object.entries(shape.bodiless ?? {})) {
    decorators.push(ApiResponse({ status: Number(code), description }));
  }
  return applyDecorators(...decorators);
}

/** A body of which every field may be left out may be left out itself: `parse` takes none for an empty one. */
function bodyOf(name: SchemaName, media: readonly string[]): MethodDecorator {
  return (target, key, descriptor) => {
    const required = !SCHEMAS[name].safeParse({}).success;
    ApiConsumes(...media)(target, key, descriptor);
    ApiBody({ schema: schemaRef(name), required })(target, key, descriptor);
  };
}

function answerOf(status: number, answer: EndpointShape['answer'], media = 'application/json'): ApiResponseOptions {
  if (answer === null) return { status, description: 'Done; no content.' };
  if (answer === 'other') return { status, description: 'Done.' };
  if (answer === 'text') return { status, description: 'Done.', content: { 'text/plain': { schema: { type: 'string' } } } };
  if (answer === 'json') return { status, description: 'Done.', content: { 'application/json': { schema: { type: 'object' } } } };
  const names = typeof answer === 'string' ? [answer] : answer;
  const schema = names.length === 1 ? schemaRef(names[0]!) : { oneOf: names.map(schemaRef) };
  return { status, description: names.join(' or '), content: { [media]: { schema } } };
}

function withMedia(response: ApiResponseOptions, media: readonly string[]): ApiResponseOptions {
  if (media.length === 0) return response;
  const known = 'content' in response ? response.content : {};
  // YAML is read as what it describes; the rest is text.
  const more = Object.fromEntries(media.map((type) => [type, { schema: type.endsWith('yaml') ? {} : { type: 'string' } }]));
  return { ...response, content: { ...known, ...more } } as ApiResponseOptions;
}

/**
 * One response per status, naming the codes that come with it. What any request can meet is added here: a path that is
 * none (404 where it has a parameter) or too long, a body that is too large or of another kind, a caller who asks too often.
 */
function problemResponses({ problems = [], params, query, body, answer, also = {} }: EndpointShape): MethodDecorator[] {
  const codes: readonly ErrorCode[] = ['invalid-request', 'audit-unavailable', 'too-many-attempts', ...problems];
  const words = new Map<number, Set<string>>();
  const add = (status: number, word: string): void => void words.set(status, (words.get(status) ?? new Set()).add(word));
  for (const code of codes) add(PROBLEMS[code].status, code);
  if (params !== undefined) add(PROBLEMS['not-found'].status, 'not-found');
  if (body !== undefined) for (const [status, word] of BODY_REFUSALS) add(status, word);
  if (params !== undefined || query !== undefined) for (const [status, word] of ADDRESS_REFUSALS) add(status, word);
  return [...words].map(([status, names]) => {
    const given = status in also ? answerOf(status, answer) : null;
    const content = given !== null && 'content' in given ? given.content : {};
    return ApiResponse({
      status,
      description: `${status in also ? `${also[status]} ` : ''}Problem: ${[...names].join(', ')}.`,
      content: { ...content, 'application/problem+json': { schema: schemaRef('Problem') } },
    });
  });
}
