/**
 * `npm run pack -- <gateway|hub|platform> [--out <folder>] [--with-node] [--folder]`: one part of Vigil and everything that it needs
 * to run, as a tarball for a machine that reaches no registry; `platform` has the dashboard, the watchdog and the command line.
 * The layout is the repository's own, so packages find each other as they do here. `--folder` writes it unpacked, for an image.
 *
 * `--with-node` puts this machine's Node beside it, for a box of the same system and processor without one of its own.
 * Build first (`npm run build`).
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { helpOf } from './help.mjs';

helpOf(import.meta.url);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'out' },
    'with-node': { type: 'boolean', default: false },
    folder: { type: 'boolean', default: false },
  },
});
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** What only a compiler, a debugger, a browser or a test reads. Licences stay. */
const NOT_RUN = /(\.d\.[cm]?ts|\.map|\.tsbuildinfo)$|\/dist\/(browser|react-native|workerd|test-support)(\/|$)/;
/** Of our own packages; `page` is that of the local watch. */
const OWN_PARTS = ['package.json', 'dist', 'page'];
/** Node for each system comes beside the packages here, a box or an image has its own; and what only compiles. */
const NOT_PACKED = /^(node-(linux|darwin|win|bin).*|typescript)$/;

/** Each part: its package, what starts, what goes along, and where the files for its service are. */
const PARTS = {
  gateway: {
    from: 'edge-gateway',
    starters: { 'vigil-gateway': 'edge-gateway/dist/main.js' },
    extras: ['edge-gateway/README.md', 'edge-gateway/metrics.md'],
    deploy: 'deploy/gateway',
  },
  hub: {
    from: 'packages/event-hub',
    starters: { 'vigil-event-hub': 'packages/event-hub/dist/main.js' },
    extras: ['packages/event-hub/README.md'],
    deploy: 'deploy/systemd',
  },
  platform: {
    from: '.',
    starters: { 'vigil-platform': 'dist/main.js', 'vigil-watchdog': 'dist/watchdog.js', vigil: 'dist/cli.js' },
    parts: ['dist', 'rules', 'packages/dashboard/dist'],
    extras: ['README.md', 'docs/runbook.md', 'docs/deployment.md', 'deploy/proxy/haproxy.cfg'],
    deploy: 'deploy/systemd',
  },
};

const STARTER = `#!/bin/sh
# Starts this part of Vigil by the Node beside it or else the machine's own.
here=$(dirname "$(readlink -f "$0")")
node="$here/node"
[ -x "$node" ] || node=$(command -v node) || { echo "Vigil needs Node MAJOR: install it" >&2; exit 1; }
major=$("$node" -p 'process.versions.node.split(".")[0]')
[ "$major" -ge MAJOR ] || { echo "Vigil needs Node MAJOR or newer, and $node is $major" >&2; exit 1; }
exec "$node" --disable-warning=ExperimentalWarning "$here/../MAIN" "$@"
`;

const part = PARTS[positionals[0]];
if (part === undefined || positionals.length > 1) fail(`say what to pack: ${Object.keys(PARTS).join(', ')}`);
const home = join(root, part.from);
for (const main of Object.values(part.starters)) {
  if (!existsSync(join(root, main))) fail('nothing is built yet; run: npm run build');
}
const folders = closure(home);
const { version } = readJson(join(home, 'package.json'));
const name = `vigil-${positionals[0]}-${version}`;
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const staging = mkdtempSync(join(values.folder ? out : tmpdir(), 'vigil-pack-'));
const target = join(staging, name);
try {
  for (const folder of folders) copyPackage(folder);
  copyExtras();
  if (values.folder) keepFolder();
  else keepTarball();
} finally {
  rmSync(staging, { recursive: true, force: true });
}

function keepFolder() {
  const place = join(out, name);
  rmSync(place, { recursive: true, force: true });
  renameSync(target, place);
  console.log(`${relative(process.cwd(), place)}: ${folders.size} packages`);
}

function keepTarball() {
  const file = join(out, `${name}.tar.gz`);
  // Sorted, without owner and time: the same build packs to the same bytes.
  const how = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--format=gnu'];
  run('tar', [...how, '-C', staging, '-cf', `${file}.tmp.tar`, name]);
  run('sh', ['-c', `gzip -n < '${file}.tmp.tar' > '${file}' && rm '${file}.tmp.tar'`]);
  console.log(`${relative(process.cwd(), file)}: ${folders.size} packages, ${Math.round(statSync(file).size / 1024)} KiB`);
}

/** The folders of a package and of all that it needs, as Node finds them from there. */
function closure(start) {
  const found = new Set();
  const waiting = [start];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (found.has(folder)) continue;
    found.add(folder);
    const {
      dependencies = {},
      optionalDependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = readJson(join(folder, 'package.json'));
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      if (NOT_PACKED.test(needed)) continue;
      const at = find(folder, needed);
      if (at !== null) waiting.push(at);
      else if (!(needed in optionalDependencies) && peerDependenciesMeta[needed]?.optional !== true) {
        fail(`${relative(root, folder)} needs ${needed}, which is not installed; run: npm install`);
      }
    }
  }
  return found;
}

function find(folder, needed) {
  for (let at = folder; at.startsWith(root); at = dirname(at)) {
    const candidate = join(at, 'node_modules', needed);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
  }
  return null;
}

function copyPackage(folder) {
  if (folder === root) return copyWhole(part.parts, root);
  const place = join(target, relative(root, folder));
  const isOwn = !relative(root, folder).startsWith('node_modules');
  const parts = isOwn ? OWN_PARTS.filter((each) => existsSync(join(folder, each))) : ['.'];
  for (const each of parts) {
    cpSync(join(folder, each), join(place, each), {
      recursive: true,
      // What a library has installed for itself is copied where it is needed, by its own folder.
      filter: (from) => !NOT_RUN.test(from) && !relative(folder, from).split('/').includes('node_modules'),
    });
  }
  const { name: packageName } = readJson(join(folder, 'package.json'));
  if (!isOwn || folder === home) return;
  const link = join(target, 'node_modules', packageName);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), place), link);
}

/** Parts of the repository itself. */
function copyWhole(paths, from) {
  for (const path of paths) {
    if (!existsSync(join(from, path))) fail(`${path} is not there; run: npm run build`);
    cpSync(join(from, path), join(target, path), { recursive: true, filter: (file) => !NOT_RUN.test(file) });
  }
}

function copyExtras() {
  const extras = ['LICENSE', 'NOTICE', ...part.extras].filter((file) => existsSync(join(root, file)));
  for (const file of extras) copyFileSync(join(root, file), join(target, basename(file)));
  cpSync(join(root, part.deploy), join(target, 'deploy'), { recursive: true });
  writeFileSync(join(target, 'package.json'), `${JSON.stringify({ name, version, private: true, type: 'module' })}\n`);
  mkdirSync(join(target, 'bin'));
  if (values['with-node']) copyFileSync(process.execPath, join(target, 'bin', 'node'));
  for (const [command, main] of Object.entries(part.starters)) {
    const starter = join(target, 'bin', command);
    const text = STARTER.replaceAll('MAJOR', process.versions.node.split('.')[0]).replaceAll('MAIN', main);
    writeFileSync(starter, text);
    chmodSync(starter, 0o755);
  }
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) fail(`${command} failed`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
