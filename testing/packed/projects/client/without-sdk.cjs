const { BatchMeterUsageRequest, MeteringClient } = require('marketmeter/client')
new BatchMeterUsageRequest({ UsageRecords: [] })
new MeteringClient().send([]).catch((error) => console.log(error.message))
