module lotse

go 1.26
