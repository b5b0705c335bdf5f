// What somebody has to hear of; each alert's text names its page of the runbook.
param token string
param location string
param tags object
param insightsId string
param modelsId string
param emails array

// Made from infra/queries by `python -m dev.infra_tables --write`.
var alerts = loadJsonContent('../alerts.json')
var workbookContent = union(loadJsonContent('../workbook.json'), {
  fallbackResourceIds: [
    insightsId
  ]
})

resource group 'Microsoft.Insights/actionGroups@2024-10-01-preview' = {
  name: 'ag-darkroom-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'darkroom'
    enabled: true
    emailReceivers: [
      for (address, k) in emails: {
        name: 'mail-${k}'
        emailAddress: address
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2025-01-01-preview' = [
  for alert in alerts: {
    name: 'darkroom-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: alert.title
      description: alert.about
      severity: alert.severity
      enabled: true
      evaluationFrequency: alert.every
      windowSize: alert.over
      scopes: [
        insightsId
      ]
      // What tells of an event says nothing of the trouble's end.
      autoMitigate: alert.resolves
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [
          group.id
        ]
      }
    }
  }
]

// The service's own view of refused calls, in case the app itself is silent.
resource refused 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'darkroom-model-client-errors'
  location: 'global'
  tags: tags
  properties: {
    description: 'The model account answers many calls with 4xx. Runbook: docs/operations.md#model-client-errors'
    severity: 3
    enabled: true
    scopes: [
      modelsId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'refused'
          metricNamespace: 'Microsoft.CognitiveServices/accounts'
          metricName: 'ClientErrors'
          operator: 'GreaterThan'
          threshold: 20
          timeAggregation: 'Total'
        }
      ]
    }
    autoMitigate: true
    actions: [
      {
        actionGroupId: group.id
      }
    ]
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'darkroom')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Darkroom'
    serializedData: string(workbookContent)
    version: '1.0'
    sourceId: insightsId
    category: 'workbook'
  }
}
