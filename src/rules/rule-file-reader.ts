import { isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from 'yaml';
import { DURATION_FORM, durationOf, INSTANT_FORM, instantOf } from './durations.js';
import {
  BLOCK_KEYS,
  FOR_KEYS,
  LEVEL_KEYS,
  nearestOf,
  ruleKeys,
  SET_KEYS,
  SUPPRESSION_KEYS,
  windowKeys,
  wordFor,
  wordOf,
} from './rule-words.js';

type Node = ParsedNode | null;
type Path = readonly (string | number)[];
interface Entry {
  readonly name: string;
  readonly key: ParsedNode;
  readonly value: Node;
}

/** How deep a file may be nested: the deepest form of ours is an expression of rules. */
const DEPTH_MAX = 40;

/**
 * Turns the nodes of a rule file into what `RuleSet` parses, and remembers where each part of it came from. What it can't make
 * sense of it puts into `problems`; what is wrong with the values is for the schema to say.
 */
export class RuleFileReader {
  readonly problems: { readonly offset: number; readonly path: string; readonly message: string }[] = [];
  private readonly offsets = new Map<string, number>();
  /** Last words of paths that the file writes as the contract does: `onDelayMs`. */
  private readonly long = new Set<string>();

  read(root: Node): unknown {
    if (!isMap(root)) return this.plain(root, []);
    const out = this.fields(root, [], SET_KEYS, (name, node) => {
      if (name === 'rules') return this.rules(node);
      if (name === 'suppressions') return this.each(node, ['suppressions'], SUPPRESSION_KEYS);
      return this.plain(node, [name]);
    });
    return { v: 2, ...out };
  }

  /** Where a part of the rule set stands; for one that is not there, where its parent does. */
  offsetOf(path: readonly PropertyKey[]): number {
    for (let length = path.length; length >= 0; length -= 1) {
      const offset = this.offsets.get(path.slice(0, length).map(String).join('.'));
      if (offset !== undefined) return offset;
    }
    return 0;
  }

  /** The path in the words of the file: `rules.0.onDelay`, and `rules.0.onDelayMs` where it says so. */
  asWritten(path: readonly PropertyKey[]): string {
    const keys = path.map(String);
    return keys.map((key, i) => (this.long.has(keys.slice(0, i + 1).join('.')) ? key : wordFor(key).key)).join('.');
  }

  private rules(node: Node): unknown {
    if (!isSeq(node)) return this.plain(node, ['rules']);
    this.mark(['rules'], node);
    const out: unknown[] = [];
    for (const item of node.items as ParsedNode[]) {
      const inside = isMap(item) ? entriesOf(item).find(({ name }) => name === 'rules') : undefined;
      if (!isMap(item) || inside === undefined) out.push(this.rule(item, ['rules', out.length], {}, item));
      else this.block(item, inside, out);
    }
    return out;
  }

  /** Rules of one group of patients: what the block says holds for each of them. */
  private block(block: YAMLMap, inside: Entry, out: unknown[]): void {
    const path: Path = ['rules', out.length];
    const { for: common } = this.fields(block, path, BLOCK_KEYS, (name, node) =>
      name === 'for' && isMap(node)
        ? this.fields(node, path, FOR_KEYS, (each, value) => this.plain(value, [...path, each]))
        : null,
    ) as { for?: Record<string, unknown> | null };
    if (common === undefined || common === null)
      this.fault(block, path, 'a block of rules says for whom: `for: {ageGroups: [neonate]}`');
    if (!isSeq(inside.value)) {
      this.fault(inside.key, path, 'the rules of a block are a list');
      return;
    }
    for (const item of inside.value.items as ParsedNode[]) out.push(this.rule(item, ['rules', out.length], common ?? {}, item));
  }

  private rule(node: Node, path: Path, common: Readonly<Record<string, unknown>>, at: ParsedNode): unknown {
    if (!isMap(node)) return this.plain(node, path);
    const kind = scalarOf(node, 'kind');
    const out = this.fields(node, path, ruleKeys(kind), (name, value) => {
      if (name === 'levels') return this.each(value, [...path, name], LEVEL_KEYS);
      if (name === 'window' && isMap(value)) {
        const place = [...path, name];
        return this.fields(value, place, windowKeys(scalarOf(value, 'type')), (each, inner) =>
          this.plain(inner, [...place, each]),
        );
      }
      return this.plain(value, [...path, name]);
    });
    for (const key of Object.keys(common)) {
      if (key in out) this.fault(at, [...path, key], `the block of this rule says ${key} already: say it once`);
    }
    return { ...common, ...out };
  }

  private each(node: Node, path: Path, allowed: ReadonlySet<string>): unknown {
    if (!isSeq(node)) return this.plain(node, path);
    this.mark(path, node);
    return (node.items as ParsedNode[]).map((item, i) => {
      const place = [...path, i];
      return isMap(item)
        ? this.fields(item, place, allowed, (name, value) => this.plain(value, [...place, name]))
        : this.plain(item, place);
    });
  }

  /** One map in the words of a file. @param allowed keys of the contract in this place; null: not known, so that all pass */
  private fields(
    map: YAMLMap,
    path: Path,
    allowed: ReadonlySet<string> | null,
    valueOf: (key: string, node: Node) => unknown,
  ): Record<string, unknown> {
    this.mark(path, map as ParsedNode);
    const out: Record<string, unknown> = {};
    for (const { name, key, value } of entriesOf(map)) {
      const word = allowed === null ? ({ key: name, as: 'plain' } as const) : wordOf(name, allowed);
      const place = [...path, name];
      if (word === null || name === '__proto__') {
        const near = nearestOf(name, allowed ?? []);
        const known =
          near === null
            ? `known here: ${[...(allowed ?? [])].map((each) => wordFor(each).key).join(', ')}`
            : `did you mean \`${near}\`?`;
        this.fault(key, place, `unknown key: ${known}`);
        continue;
      }
      if (word.key in out) {
        this.fault(key, place, `says ${word.key} a second time: say it once`);
        continue;
      }
      this.mark([...path, word.key], value ?? key);
      if (name === word.key) this.long.add([...path, name].join('.'));
      out[word.key] = word.as === 'plain' ? valueOf(word.key, value) : this.time(value, key, word.as, place);
    }
    return out;
  }

  private time(value: Node, key: ParsedNode, as: 'duration' | 'instant', path: Path): number {
    const text = isScalar(value) ? String(value.value) : '';
    const ms = as === 'duration' ? durationOf(text) : instantOf(text);
    if (ms !== null) return ms;
    this.fault(value ?? key, path, `has to be ${as === 'duration' ? DURATION_FORM : INSTANT_FORM}`);
    return 0;
  }

  private plain(node: Node, path: Path): unknown {
    if (path.length > DEPTH_MAX) throw new RangeError('nested too deeply');
    if (node !== null) this.mark(path, node);
    if (isMap(node)) {
      const entries = entriesOf(node).filter(({ name }) => name !== '__proto__');
      return Object.fromEntries(entries.map(({ name, value }) => [name, this.plain(value as Node, [...path, name])]));
    }
    if (isSeq(node)) return (node.items as ParsedNode[]).map((item, i) => this.plain(item, [...path, i]));
    return isScalar(node) ? node.value : null;
  }

  private mark(path: Path, node: ParsedNode): void {
    this.offsets.set(path.join('.'), node.range[0]);
  }

  private fault(node: { readonly range?: readonly number[] | null | undefined }, path: Path, message: string): void {
    this.problems.push({ offset: node.range?.[0] ?? this.offsetOf(path), path: path.join('.'), message });
  }
}

function entriesOf(map: YAMLMap): readonly Entry[] {
  return (map.items as unknown as readonly { key: ParsedNode; value: Node }[]).map(({ key, value }) => ({
    name: isScalar(key) ? String(key.value) : '?',
    key,
    value,
  }));
}

function scalarOf(map: YAMLMap, name: string): unknown {
  const node = entriesOf(map).find((entry) => entry.name === name)?.value;
  return isScalar(node) ? node.value : undefined;
}
