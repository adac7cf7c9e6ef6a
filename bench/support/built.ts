// Lets a benchmark measure the program as it is shipped: what it imports of `src` is taken from `dist/src`, built before. tsx, which runs
// the benchmark itself, names each closure as it is made, and that alone costs a decision a tenth.
import { register } from 'node:module';

const HOME = new URL('../../', import.meta.url).href;

const hook = `
  export async function resolve(specifier, context, next) {
    const at = specifier.startsWith('.') && context.parentURL !== undefined ? new URL(specifier, context.parentURL).href : specifier;
    const source = at.startsWith('${HOME}src/') && at.endsWith('.ts');
    return next(source ? '${HOME}dist/' + at.slice('${HOME}'.length).replace(/\\.ts$/, '.js') : specifier, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
