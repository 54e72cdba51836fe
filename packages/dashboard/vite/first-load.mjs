/**
 * What keeps the first load of the app small. Three things, each worth 6 to 17 kB of 200 (docs/adr/0073-the-frame-of-the-dashboard.md):
 * schemas that nobody parses with, zod's JSON Schema, and forty small files in place of one.
 */
import { readFileSync } from 'node:fs';

const SCHEMA_FILE = /packages\/contracts\/src\//;

/**
 * Says of every constant of the contracts that making it has no effect, so that a schema which no screen parses with is left out.
 * A bundler can't know: `z.object(…).strict()` is a call.
 *
 * @returns {import('vite').Plugin}
 */
export function pureSchemas() {
  return {
    name: 'vigil-pure-schemas',
    transform: {
      order: 'post',
      handler(code, id) {
        if (!SCHEMA_FILE.test(id)) return null;
        const made = this.parse(code).body.flatMap((node) => {
          const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
          return declaration?.type === 'VariableDeclaration' && declaration.kind === 'const' ? declaration.declarations : [];
        });
        let [pure, at] = ['', 0];
        for (const { init } of made) {
          if (init?.type !== 'CallExpression') continue;
          pure += `${code.slice(at, init.start)}/* @__PURE__ */ (() => ${code.slice(init.start, init.end)})()`;
          at = init.end;
        }
        return at === 0 ? null : { code: pure + code.slice(at), map: null };
      },
    },
  };
}

const JSON_SCHEMA = /zod\/v4\/core\/(json-schema-processors|to-json-schema)\.js$/;

/**
 * Leaves out how zod writes JSON Schema: every schema carries it, and only the server's OpenAPI document asks for it. A screen that
 * asks gets an error by name, not a wrong schema.
 *
 * @returns {import('vite').Plugin}
 */
export function withoutJsonSchema() {
  return {
    name: 'vigil-without-json-schema',
    load(id) {
      if (!JSON_SCHEMA.test(id)) return null;
      const names = [...readFileSync(id, 'utf8').matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name);
      if (names.length === 0) throw new Error(`${id} exports nothing that is known here`);
      // Schemas make these while they are made themselves; only what is made says no.
      const never = `const never = () => () => { throw new Error('no JSON Schema in the dashboard'); };`;
      return [never, ...names.map((name) => `export const ${name} = never;`)].join('\n');
    },
  };
}

function reached(start, infoOf) {
  const ids = new Set();
  const walk = (id) => {
    if (ids.has(id)) return;
    ids.add(id);
    for (const next of infoOf(id)?.importedIds ?? []) walk(next);
  };
  walk(start);
  return ids;
}

/** Each screen takes the part of these that it needs. */
const BY_NEED = /packages\/contracts\/src\/|\.css$|rolldown\/runtime/;
const PRELOAD = /vite\/preload-helper/;

/**
 * One file of all that the first picture needs, since small files pack badly: 40 of them are 17 kB more than one. What the pager
 * needs as well is in a file of its own, or a cold phone would fetch the app.
 *
 * @param {{ main: string, pager: string }} entries
 */
export function firstFile({ main, pager }) {
  let [first, ofPager] = [null, null];
  const isIn = (id, build) => {
    first ??= reached(main, (each) => build.getModuleInfo(each));
    ofPager ??= reached(pager, (each) => build.getModuleInfo(each));
    return { first: first.has(id), pager: ofPager.has(id) };
  };
  // The higher goes first: a group takes with it whatever its files import, unless another group has it.
  return {
    groups: [
      {
        priority: 2,
        name(id, build) {
          const it = isIn(id, build);
          return PRELOAD.test(id) || (it.first && it.pager) ? 'shared' : null;
        },
      },
      { priority: 1, name: (id, build) => (isIn(id, build).first && !BY_NEED.test(id) ? 'first' : null) },
    ],
  };
}
