import { applyDecorators, HttpCode, SetMetadata } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import type { ErrorCode } from '@vigil/domain';
import { type z } from 'zod';
import { PROBLEMS } from './problem.js';
import { inlineSchema, type SchemaName, schemaRef } from './schemas.js';

export const ENDPOINT = 'vigil:endpoint';

export interface EndpointShape {
  /** One line, imperative. */
  readonly summary: string;
  readonly description?: string;
  readonly params?: Readonly<Record<string, z.ZodType>>;
  readonly query?: z.ZodObject;
  /** Headers that the endpoint reads, with what they are for. */
  readonly headers?: Readonly<Record<string, { readonly required: boolean; readonly meaning: string }>>;
  readonly body?: SchemaName;
  /** Null: no content. `text`: plain text. Two names: either. */
  readonly answer: SchemaName | readonly SchemaName[] | 'text' | 'json' | 'other' | null;
  /** Further media types in which the answer comes, as text, e.g. `text/html`; with `answer: 'other'` the only ones. */
  readonly media?: readonly string[];
  readonly status?: number;
  /** Statuses beside `status` that carry no body, e.g. 304. */
  readonly bodiless?: Readonly<Record<number, string>>;
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
    ApiResponse(withMedia(answerOf(status, shape.answer), shape.media ?? [])),
    ...problemResponses(shape.problems ?? []),
  ];
  for (const [name, schema] of Object.entries(shape.params ?? {})) {
    decorators.push(ApiParam({ name, schema: inlineSchema(schema) }));
  }
  for (const [name, schema] of Object.entries(shape.query?.shape ?? {}) as [string, z.ZodType][]) {
    const required = !schema.safeParse(undefined).success;
    decorators.push(ApiQuery({ name, required, schema: inlineSchema(schema) }));
  }
  for (const [name, { required, meaning }] of Object.entries(shape.headers ?? {})) {
    decorators.push(ApiHeader({ name, required, description: meaning, schema: { type: 'string' } }));
  }
  if (shape.body !== undefined) decorators.push(ApiBody({ schema: schemaRef(shape.body), required: true }));
  for (const [code, description] of Object.entries(shape.bodiless ?? {})) {
    decorators.push(ApiResponse({ status: Number(code), description }));
  }
  return applyDecorators(...decorators);
}

function answerOf(status: number, answer: EndpointShape['answer']): ApiResponseOptions {
  if (answer === null) return { status, description: 'Done; no content.' };
  if (answer === 'other') return { status, description: 'Done.' };
  if (answer === 'text') return { status, description: 'Done.', content: { 'text/plain': { schema: { type: 'string' } } } };
  if (answer === 'json') return { status, description: 'Done.', content: { 'application/json': { schema: { type: 'object' } } } };
  const names = typeof answer === 'string' ? [answer] : answer;
  const schema = names.length === 1 ? schemaRef(names[0]!) : { oneOf: names.map(schemaRef) };
  return { status, description: names.join(' or '), content: { 'application/json': { schema } } };
}

function withMedia(response: ApiResponseOptions, media: readonly string[]): ApiResponseOptions {
  if (media.length === 0) return response;
  const known = 'content' in response ? response.content : {};
  const more = Object.fromEntries(media.map((type) => [type, { schema: { type: 'string' } }]));
  return { ...response, content: { ...known, ...more } } as ApiResponseOptions;
}

/** One response per status, naming the codes that come with it. */
function problemResponses(codes: readonly ErrorCode[]): MethodDecorator[] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of ['invalid-request', 'audit-unavailable', ...codes] as const) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return [...byStatus].map(([status, names]) =>
    ApiResponse({
      status,
      description: `Problem: ${[...new Set(names)].join(', ')}.`,
      content: { 'application/problem+json': { schema: schemaRef('Problem') } },
    }),
  );
}
