/** Files whose components the gallery has to show. */
const DRAWS = /packages\/dashboard\/src\/(screens|parts|shell)\/.*\.tsx$/;
const COMPONENT = /^[A-Z]\w*[a-z]\w*$/;

/**
 * Notes each component when it is drawn: `drawn` of the window names it by file and function. For the gallery, so that a test can say
 * what no state of it shows. Nothing of it is in the product.
 *
 * @returns {import('vite').Plugin}
 */
export function drawn() {
  return {
    name: 'vigil-drawn',
    enforce: 'pre',
    transform(code, id) {
      const file = id.split('?')[0];
      if (!DRAWS.test(file)) return null;
      const name = file.slice(file.indexOf('/src/') + '/src/'.length);
      const bodies = this.parse(code, { lang: 'tsx' }).body.flatMap((node) => {
        const made = node.type.startsWith('Export') ? node.declaration : node;
        return made?.type === 'FunctionDeclaration' && COMPONENT.test(made.id?.name ?? '') ? made : [];
      });
      let [text, at] = ['', 0];
      for (const { id: own, body } of bodies) {
        text += `${code.slice(at, body.start + 1)} (globalThis.drawn ??= new Set()).add('${name} ${own.name}');`;
        at = body.start + 1;
      }
      return at === 0 ? null : { code: text + code.slice(at), map: null };
    },
  };
}
