// The files of public/ are imported with `type: "text"`, which TypeScript does not know.

declare module "*.js" {
  const text: string;
  export default text;
}

declare module "*.css" {
  const text: string;
  export default text;
}

declare module "*.svg" {
  const text: string;
  export default text;
}
