// What a bundler's own types say, as Next's and Vite's do.
declare module '*.css'
