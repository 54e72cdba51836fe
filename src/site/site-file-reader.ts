import { SiteFile } from '@vigil/contracts';
import { isAlias, LineCounter, parseDocument, visit, type Document } from 'yaml';
import type { z } from 'zod';

/** A site of the largest size fits into it. */
export const SITE_FILE_BYTES_MAX = 1_000_000;
const PROBLEMS_MAX = 20;

/** Parts of a site.yaml that are for its first start, or for people; an import leaves them as they are. */
const LEFT_OUT = ['gateways', 'deviceAssignments', 'staff', 'onCallSchedules', 'escalation', 'ruleSet'] as const;
/** Whoever brings a site's description sees no patients, and so brings none. */
const OF_PATIENTS = ['patients', 'encounters'] as const;

/** Where in the file (both from 1) and what is wrong; never what stands there. */
export interface SiteFileProblem {
  readonly line: number;
  readonly column: number;
  /** E.g. `beds.3.label`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

export type ReadSiteFile =
  | { readonly file: SiteFile; readonly leftOut: readonly string[]; readonly problems: readonly [] }
  | { readonly file: null; readonly problems: readonly SiteFileProblem[] };

/**
 * Reads what is to be imported: YAML in the words of site.yaml. Total: the answer is a description in its form, or what is wrong with
 * the text and where. Anchors and aliases, duplicate keys, tags, unknown keys and anything of a patient are refused.
 */
export function readSiteFile(text: string): ReadSiteFile {
  if (Buffer.byteLength(text) > SITE_FILE_BYTES_MAX) return whole('larger than 1 MB: more than any site needs');
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return whole('nested too deeply: write it flat');
  }
}

function read(text: string): ReadSiteFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: '1.2' });
  const at = (offset: number): Pick<SiteFileProblem, 'line' | 'column'> => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const place = (path: readonly PropertyKey[], message: string): SiteFileProblem => ({
    ...at(offsetOf(document, path)),
    ...{ path: path.map(String).join('.'), message },
  });
  // Messages of the parser repeat what stands in the file; its codes do not.
  const syntax = [...document.errors, ...document.warnings].map(({ pos, code }) => ({
    ...at(pos[0]),
    path: '',
    message: said(code),
  }));
  if (syntax.length > 0) return refused(syntax);
  const named = namedNodes(document).map((offset) => ({
    ...at(offset),
    ...{ path: '', message: 'anchors, aliases and tags are not taken: write it out' },
  }));
  if (named.length > 0) return refused(named);
  const content: unknown = document.toJS();
  if (content === null || typeof content !== 'object' || Array.isArray(content))
    return whole('a map of lists is expected: see site.yaml');
  const given = content as Record<string, unknown>;
  const people = OF_PATIENTS.filter((part) => !isEmpty(given[part]));
  if (people.length > 0) {
    return refused(
      people.map((part) => place([part], 'patients and stays are not taken: they come by admission. Take this part out')),
    );
  }
  const leftOut = LEFT_OUT.filter((part) => !isEmpty(given[part]));
  const skipped = new Set<string>([...LEFT_OUT, ...OF_PATIENTS]);
  const parsed = SiteFile.safeParse(Object.fromEntries(Object.entries(given).filter(([part]) => !skipped.has(part))));
  if (!parsed.success) return refused(parsed.error.issues.map((issue) => place(issue.path, wordsOf(issue))));
  const twice = duplicates(parsed.data).map((path) => place(path, 'is there twice: say it once'));
  return twice.length > 0 ? refused(twice) : { file: parsed.data, leftOut, problems: [] };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function namedNodes(document: Document.Parsed): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Node: (_key, node) => {
      const isNamed = isAlias(node) || ('anchor' in node && node.anchor !== undefined) || node.tag !== undefined;
      if (isNamed) offsets.push(node.range?.[0] ?? 0);
    },
  });
  return offsets;
}

/** Of the node itself; of one that is not there, of the nearest that holds it. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as { readonly range?: readonly number[] } | null | undefined;
    if (node?.range?.[0] !== undefined) return node.range[0];
  }
  return 0;
}

/** Paths of entries whose id an earlier one has. */
function duplicates(file: SiteFile): readonly (readonly PropertyKey[])[] {
  const ids: Readonly<Record<string, readonly string[]>> = {
    careUnits: (file.careUnits ?? []).map(({ careUnitId }) => careUnitId),
    beds: (file.beds ?? []).map(({ bedId }) => bedId),
    bedAliases: (file.bedAliases ?? []).map(({ system, value }) => JSON.stringify([system, value])),
    devices: (file.devices ?? []).map(({ deviceId }) => deviceId),
    staffAssignments: (file.staffAssignments ?? []).map((duty) => JSON.stringify(Object.entries(duty).sort())),
  };
  return Object.entries(ids).flatMap(([part, list]) => {
    const seen = new Set<string>();
    return list.flatMap((id, i) => (seen.size === seen.add(id).size ? [[part, i]] : []));
  });
}

function said(code: string): string {
  return code === 'DUPLICATE_KEY'
    ? 'a key is there twice: say it once'
    : `is no YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
}

/** Keys and values of the file are its writer's own words: none of them is repeated. */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.length === 1 ? 'an unknown key' : 'unknown keys'}: see docs/runbook.md, "Site import"`;
  if (issue.code === 'invalid_type') return `has to be ${issue.expected}`;
  return issue.message;
}

function refused(problems: readonly SiteFileProblem[]): ReadSiteFile {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  return { file: null, problems: sorted.slice(0, PROBLEMS_MAX) };
}

const whole = (message: string): ReadSiteFile => refused([{ line: 1, column: 1, path: '', message }]);
