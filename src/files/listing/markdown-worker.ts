import { renderMarkdown } from "./markdown.ts";

// The entry point of a Worker, which renders the Markdown of each message: see `MarkdownThread`.
declare const self: Worker;

self.onmessage = ({ data }: MessageEvent<string>) => self.postMessage(renderMarkdown(data));
