import { defineConfig } from "vite";

// The page is served as …/prod/console, without a slash behind it, and all else as …/prod/console/NAME. So the page
// names its files from one level above, and the files name each other as neighbours.
export default defineConfig(({ command }) => ({
  base: command === "build" ? "./" : "/console/",
  build: {
    outDir: "../functions/console/console_app/site",
    emptyOutDir: true,
    assetsDir: "",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    target: ["chrome123", "edge123", "firefox120", "safari17.5"], // the first ones with light-dark()
    license: { fileName: "licences.md" },
    rolldownOptions: {
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
  experimental: {
    renderBuiltUrl: (name, { hostType }) => (hostType === "html" ? `console/${name}` : { relative: true }),
  },
  server: {
    // `API_URL=… npm run dev`: the console as it is edited, against a stack such as that of `make local`.
    proxy: process.env.API_URL
      ? {
          "^/(?!console)": {
            target: new URL(process.env.API_URL).origin,
            changeOrigin: true,
            rewrite: (path) => new URL(process.env.API_URL).pathname + path,
          },
        }
      : {},
  },
}));
