/**
 * `npm run pack-gateway [-- --out <folder>] [--with-node]`: the gateway and everything it needs to run, as one tarball for a
 * bedside box that reaches no registry. The layout is the repository's own, so packages find each other as they do here.
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
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { helpOf } from './help.mjs';

helpOf(import.meta.url);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { out: { type: 'string', default: 'out' }, 'with-node': { type: 'boolean', default: false } },
});
const gateway = join(root, 'edge-gateway');
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** What only a compiler, a debugger, a browser or a test reads. Licences stay. */
const NOT_RUN = /(\.d\.[cm]?ts|\.map|\.tsbuildinfo)$|\/dist\/(browser|react-native|workerd|test-support)(\/|$)/;
/** Of our own packages; `page` is that of the local watch. */
const OWN_PARTS = ['package.json', 'dist', 'page'];

const STARTER = `#!/bin/sh
# Starts the gateway, or its doctor, by the Node beside it or else the machine's own.
here=$(dirname "$(readlink -f "$0")")
node="$here/node"
[ -x "$node" ] || node=$(command -v node) || { echo "vigil-gateway needs Node MAJOR: install it" >&2; exit 1; }
major=$("$node" -p 'process.versions.node.split(".")[0]')
[ "$major" -ge MAJOR ] || { echo "vigil-gateway needs Node MAJOR or newer, and $node is $major" >&2; exit 1; }
exec "$node" "$here/../edge-gateway/dist/main.js" "$@"
`;

if (!existsSync(join(gateway, 'dist', 'main.js'))) fail('nothing is built yet; run: npm run build');
const folders = closure(gateway);
const { version } = readJson(join(gateway, 'package.json'));
const name = `vigil-gateway-${version}`;
const staging = mkdtempSync(join(tmpdir(), 'vigil-pack-'));
const target = join(staging, name);
try {
  for (const folder of folders) copyPackage(folder);
  copyExtras();
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const file = join(out, `${name}.tar.gz`);
  // Sorted, without owner and time: the same build packs to the same bytes.
  const how = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--format=gnu'];
  run('tar', [...how, '-C', staging, '-cf', `${file}.tmp.tar`, name]);
  run('sh', ['-c', `gzip -n < '${file}.tmp.tar' > '${file}' && rm '${file}.tmp.tar'`]);
  console.log(`${relative(process.cwd(), file)}: ${folders.size} packages, ${Math.round(statSync(file).size / 1024)} KiB`);
} finally {
  rmSync(staging, { recursive: true, force: true });
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
  const place = join(target, relative(root, folder));
  const isOwn = !relative(root, folder).startsWith('node_modules');
  const parts = isOwn ? OWN_PARTS.filter((part) => existsSync(join(folder, part))) : ['.'];
  for (const part of parts) {
    cpSync(join(folder, part), join(place, part), {
      recursive: true,
      // What a library has installed for itself is copied where it is needed, by its own folder.
      filter: (from) => !NOT_RUN.test(from) && !relative(folder, from).split('/').includes('node_modules'),
    });
  }
  const { name: packageName } = readJson(join(folder, 'package.json'));
  if (!isOwn || folder === gateway) return;
  const link = join(target, 'node_modules', packageName);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), place), link);
}

function copyExtras() {
  const extras = ['LICENSE', 'NOTICE'].filter((file) => existsSync(join(root, file)));
  for (const file of extras) copyFileSync(join(root, file), join(target, file));
  for (const file of ['README.md', 'metrics.md']) copyFileSync(join(gateway, file), join(target, file));
  cpSync(join(root, 'deploy', 'gateway'), join(target, 'deploy'), { recursive: true });
  writeFileSync(join(target, 'package.json'), `${JSON.stringify({ name, version, private: true, type: 'module' })}\n`);
  mkdirSync(join(target, 'bin'));
  if (values['with-node']) copyFileSync(process.execPath, join(target, 'bin', 'node'));
  const starter = join(target, 'bin', 'vigil-gateway');
  writeFileSync(starter, STARTER.replaceAll('MAJOR', process.versions.node.split('.')[0]));
  chmodSync(starter, 0o755);
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) fail(`${command} failed`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
