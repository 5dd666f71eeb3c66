/** `Symbol.dispose` and `Symbol.asyncDispose` for browsers that lack them. Imported before everything that names them. */
for (const name of ["dispose", "asyncDispose"] as const) {
  if (Symbol[name] === undefined) Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`) });
}
