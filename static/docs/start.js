// Shows the API document that lies beside this page; addresses are relative, so that any URL prefix works.
window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '../openapi.json',
    dom_id: '#document',
    deepLinking: true,
    docExpansion: 'none',
    tagsSorter: 'alpha',
    validatorUrl: null,
  })
})
