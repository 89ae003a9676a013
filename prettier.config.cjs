module.exports = {
    plugins: [require.resolve("@prettier/plugin-xml")],
    bracketSpacing: false,
    printWidth: 100,
    proseWrap: "always",
    tabWidth: 4,
    xmlWhitespaceSensitivity: "preserve",
    xmlQuoteAttributes: "double",
    xmlSelfClosingSpace: true,
};
