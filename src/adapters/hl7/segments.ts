import type { Hl7Message, Hl7Segment } from '@medplum/core';

/** `""` is HL7's way to say "delete": here nothing is ever deleted by a message, so it is the same as nothing said. */
const DELETE = '""';

export interface Spot {
  readonly field: number;
  readonly component?: number;
  readonly subcomponent?: number;
  readonly repetition?: number;
}

/** The text of one place of a segment, with its escapes read; empty where there is none. */
export function textAt(segment: Hl7Segment, { field, component = 1, subcomponent = 0, repetition = 0 }: Spot): string {
  const raw = segment.getField(field)?.components[repetition]?.[component - 1] ?? '';
  const part = raw.split(segment.context.subcomponentSeparator)[subcomponent] ?? '';
  return unescaped(part, segment).trim();
}

/** The whole component, with what stands in its subcomponents. */
export function wholeAt(segment: Hl7Segment, { field, component = 1 }: Spot): string {
  return unescaped(segment.getField(field)?.components[0]?.[component - 1] ?? '', segment).trim();
}

/** How many repetitions a field has. */
export function repetitions(segment: Hl7Segment, field: number): number {
  return segment.getField(field)?.components.length ?? 0;
}

export function segmentsOf(message: Hl7Message, name: string): readonly Hl7Segment[] {
  return message.getAllSegments(name);
}

/** What can't be read for certain, such as bytes of an encoding of its own, stays as it was sent, and then agrees with nobody. */
function unescaped(text: string, { context }: Hl7Segment): string {
  if (text === DELETE) return '';
  const { escapeCharacter: mark } = context;
  const meant: Readonly<Record<string, string>> = {
    F: context.fieldSeparator,
    S: context.componentSeparator,
    T: context.subcomponentSeparator,
    R: context.repetitionSeparator,
    E: mark,
    H: '',
    N: '',
    '.br': ' ',
  };
  let read = '';
  for (let at = 0; at < text.length;) {
    const end = text[at] === mark ? text.indexOf(mark, at + 1) : -1;
    const known = end < 0 ? undefined : meant[text.slice(at + 1, end)];
    read += known ?? text[at]!;
    at = known === undefined ? at + 1 : end + 1;
  }
  return read;
}
