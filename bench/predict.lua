-- wrk's request: one row for examples/iris.flm, to the path of the URL
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = '{"input":[[5.8,2.8,5.1,2.4]]}'
