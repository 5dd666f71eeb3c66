/** Files that the page's bundler gives the address of. */
declare module "*.svg" {
  const address: string;
  // A bundler gives it so.
  export default address;
}
