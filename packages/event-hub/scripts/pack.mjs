/**
 * Makes the package that can be published: `node packages/event-hub/scripts/pack.mjs [folder]`.
 *
 * The small packages of this repository that the hub uses go into it, below `dist/vendor`, and imports of them are made
 * relative, in code and types. So nothing else has to be published with it, under any package manager, and each file
 * stays the one that was tested. Prints the path of the tarball.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';

const PACKAGE = resolve(import.meta.dirname, '..');
const PACKAGES = resolve(PACKAGE, '..');
const ROOT = resolve(PACKAGES, '..');
const OURS = /(['"])@vigil\/([a-z-]+)\1/g;
/** What only tests use, and what only a build does. */
const LEFT_OUT = /\.map$|\.tsbuildinfo$|\.(test|contract)\.|(^|\/)(forgetful-disk\.|test-log\.|test-support(\/|$))/;
const isShipped = (path) => !LEFT_OUT.test(path.replaceAll(sep, '/'));

const readManifest = (name) => JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8'));

/** The packages of ours that a manifest needs, and those that they need, each once. */
function vendored(manifest, found = new Map()) {
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    const name = dependency.startsWith('@vigil/') ? dependency.slice('@vigil/'.length) : null;
    if (name === null || found.has(name)) continue;
    found.set(name, readManifest(name));
    vendored(found.get(name), found);
  }
  return found;
}

/** Dependencies that stay: all that are not ours. Two of our packages can't ask for two versions of one. */
function outside(manifests) {
  const all = new Map();
  for (const [name, version] of manifests.flatMap((m) => Object.entries(m.dependencies ?? {}))) {
    if (name.startsWith('@vigil/')) continue;
    if (all.has(name) && all.get(name) !== version) throw new Error(`${name} is asked for as ${all.get(name)} and ${version}`);
    all.set(name, version);
  }
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function copyBuilt(from, to) {
  cpSync(from, to, { recursive: true, filter: isShipped });
}

/** Makes imports of our packages relative, and takes off what points at source maps, which are not shipped. */
function makeRelative(dist) {
  for (const path of readdirSync(dist, { recursive: true })) {
    if (!/\.(js|d\.ts)$/.test(path)) continue;
    const file = join(dist, path);
    const text = readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/gm, '');
    const rewritten = text.replace(OURS, (_, quote, name) => {
      const target = relative(dirname(file), join(dist, 'vendor', name, 'index.js'))
        .split(sep)
        .join('/');
      return `${quote}${target.startsWith('.') ? target : `./${target}`}${quote}`;
    });
    writeFileSync(file, rewritten);
  }
}

/** Takes off links to files of the repository, which lead nowhere from here. */
function copyReadme(to) {
  const text = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
  writeFileSync(join(to, 'README.md'), text.replace(/ ?\(\[[^\]]*\]\(\.\.\/[^)]*\)\)/g, ''));
}

function manifestOf(manifest, packages) {
  const { private: _private, scripts: _scripts, ...published } = manifest;
  return { ...published, dependencies: outside([manifest, ...packages.values()]) };
}

function pack(out) {
  const manifest = readManifest('event-hub');
  const packages = vendored(manifest);
  const stage = mkdtempSync(join(tmpdir(), 'event-hub-pack-'));
  try {
    copyBuilt(join(PACKAGE, 'dist'), join(stage, 'dist'));
    for (const name of packages.keys()) copyBuilt(join(PACKAGES, name, 'dist'), join(stage, 'dist', 'vendor', name));
    makeRelative(join(stage, 'dist'));
    copyReadme(stage);
    for (const file of ['CHANGELOG.md', 'LICENSE']) cpSync(join(PACKAGE, file), join(stage, file));
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifestOf(manifest, packages), null, 2)}\n`);
    mkdirSync(out, { recursive: true });
    const npm = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', out];
    const [{ filename }] = JSON.parse(
      execFileSync('npm', npm, { cwd: stage, encoding: 'utf8', shell: process.platform === 'win32' }),
    );
    return join(out, filename);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', PACKAGE], { stdio: ['ignore', 2, 2] });
process.stdout.write(`${pack(resolve(process.argv[2] ?? '.'))}\n`);
