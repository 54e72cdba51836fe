import { readdirSync, readFileSync } from 'node:fs';
import { asyncApiDocument, SAID_BY_CLIENT, SAID_BY_SERVER } from './async-api.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- a document of free form */
const document = asyncApiDocument('1', 'what it is for') as any;

const sources = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
  .join('\n');
const found = (pattern: RegExp): string[] => [...new Set([...sources.matchAll(pattern)].map((match) => match[1]!))].sort();

test('every event that the code emits is in the document, and no other', () => {
  const emitted = found(/\.emit\(\s*'([\w.]+)'/g);
  expect(emitted.length).toBeGreaterThan(10);
  const told = new Set(Object.values(SAID_BY_SERVER).flatMap((events) => Object.keys(events)));
  expect(emitted).toEqual([...told].sort());
});

test('every event that the code listens for is in the document, and no other', () => {
  const heard = found(/socket\.on\('([\w.]+)'/g).filter((name) => name !== 'disconnect');
  const told = new Set(Object.values(SAID_BY_CLIENT).flatMap((events) => Object.keys(events)));
  expect(heard).toEqual([...told].sort());
});

test('every link of the document leads somewhere, and each message has a payload', () => {
  const links = [...JSON.stringify(document).matchAll(/"\$ref":"#\/((?:channels|components\/messages)[^"]*)"/g)].map(
    (m) => m[1]!,
  );
  expect(links.length).toBeGreaterThan(30);
  for (const link of links) {
    const [first, ...rest] = link.split('/');
    const target = rest.reduce((at, step) => at?.[step], document[first!]);
    expect([link, target]).toEqual([link, expect.any(Object)]);
  }
  for (const message of Object.values<any>(document.components.messages)) {
    expect(Object.keys(message.payload).length).toBeGreaterThan(1);
  }
  expect(document.components.messages['alarm.event'].payload.properties.cursor).toMatchObject({ type: 'integer' });
});
